/** Load comes from other machines in life: here it must not take the amphora's processors. */
export const LOAD_NICE = 19;

/** What measures must not wait for what is measured. */
export const MEASURING_NICE = -10;
