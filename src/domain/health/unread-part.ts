/** A part of the amphora that could not be looked at, so that nothing is known about it. */
export interface UnreadPart {
  /** with its article, in the plural: `the interfaces` */
  readonly what: string;
  /** why: the message of the error */
  readonly fault: string;
}

/** Codes of the kernel for a process or a machine that has too many files open. */
const NO_DESCRIPTORS = /\b(?:EMFILE|ENFILE)\b/;

/** The longest reason, in characters: a program may print pages. */
const LONGEST_FAULT = 300;

/** Returns a sentence about the part in one line, with what to do. */
export const unreadText = ({ what, fault }: UnreadPart): string =>
  `${what} can't be read: ${fault.trim().replace(/\s+/g, ' ').slice(0, LONGEST_FAULT)}: ${remedyOf(fault)}`;

const remedyOf = (fault: string): string =>
  NO_DESCRIPTORS.test(fault)
    ? 'the agent has no file descriptors left: restart amphora-agent.service'
    : 'amphora-agent check names a program that is missing, and GET /diagnostics has the logs; fail the amphora over if it lasts';
