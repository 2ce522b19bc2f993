/** Bounds and defaults of a capture. A packet has at least 16 bytes in a pcap file, so `bytes` bounds the packets too. */
export const CAPTURE_SECONDS = { least: 1, most: 300, byDefault: 10 } as const;
export const CAPTURE_BYTES = { least: 1024, most: 64 * 1024 * 1024, byDefault: 10 * 1024 * 1024 } as const;
export const LONGEST_FILTER = 1000;
