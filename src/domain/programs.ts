/** Files that a DHCP client runs or reads. */
export interface DhcpFiles {
  /** the program that each client runs when its lease changes */
  readonly leaseScript: string;
  /** the program that starts dhcpcd in directories of its own */
  readonly runDhcpcd: string;
  /** dhclient.conf(5) */
  readonly dhclientConfig: string;
  /** dhcpcd.conf(5) */
  readonly dhcpcdConfig: string;
}

/** The programs in other languages that the agent runs. A text is made each time that it is needed. */
export interface ProgramTexts {
  /** Perl: binds each `ADDRESS PORT` of its arguments, and prints the indexes of the addresses that are in use */
  bindTrial(): string;
  /** Perl: connects to each `ADDRESS PORT` of its arguments, and prints the indexes of the addresses that accept */
  connectTrial(): string;
  /** Perl: connects to its arguments `ADDRESS PORT`, and copies between the connection and its standard streams */
  tcpRelay(): string;
  /** Perl: finds other machines that have an address of this one */
  addressProbe(): string;
  /** Perl: prints the state of the namespace in which it runs */
  networkLook(): string;
  dhcp(): DhcpFiles;
}
