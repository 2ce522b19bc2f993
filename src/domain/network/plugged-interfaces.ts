/**
 * The text of plugged_interfaces with one more interface. At boot every interface that it names is moved into the
 * namespace (contract section 8), so a MAC and a name stand there once at most.
 * @param text lines `MAC NAME`; '' where there is no such file yet
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

/** @param text as for withPluggedInterface; lines of another form are passed over */
export function readPluggedInterfaces(text: string): PluggedInterface[] {
  return text.split('\n').flatMap((line) => {
    const [macAddress, name, ...rest] = line.trim().split(/\s+/);
    return macAddress && name && rest.length === 0 ? [{ macAddress: macAddress.toLowerCase(), name }] : [];
  });
}
