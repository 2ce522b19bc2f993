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
  /** Perl: reports changes of the namespace in which it runs, and answers questions about it and about its network */
  networkWatch(): string;
  dhcp(): DhcpFiles;
}
