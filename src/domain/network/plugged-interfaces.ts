/**
 * Returns the text of plugged_interfaces with one more interface. At boot, the agent moves every interface in it into the
 * namespace, so each MAC and each name occurs at most once.
 * @param text lines `MAC NAME`; '' when the file doesn't exist yet
 */
export function withPluggedInterface(text: string, macAddress: string, name: string): string {
  const entry = `${macAddress} ${name}`;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.includes(entry)) return `${lines.join('\n')}\n`;
  const others = lines.filter((line) => {
    const [otherMac, otherName] = line.trim().split(/\s+/);
    return otherMac?.toLowerCase() !== macAddress && otherName !== name;
  });
  return [...others, entry, ''].join('\n');
}

/** A line of plugged_interfaces. */
export interface PluggedInterface {
  /** lower case */
  readonly macAddress: string;
  readonly name: string;
}

/** Reads plugged_interfaces. @param text the text that withPluggedInterface() takes; malformed lines are skipped */
export function readPluggedInterfaces(text: string): PluggedInterface[] {
  return text.split('\n').flatMap((line) => {
    const [macAddress, name, ...rest] = line.trim().split(/\s+/);
    return macAddress && name && rest.length === 0 ? [{ macAddress: macAddress.toLowerCase(), name }] : [];
  });
}
