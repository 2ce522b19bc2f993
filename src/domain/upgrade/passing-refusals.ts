/** Parts of an agent's refusals of a bundle that pass by themselves. `ctl upgrade` recognizes them. */

/** The agent receives or checks another bundle. */
export const RECEIVING = 'another bundle is being received';
/** The last upgrade has its result, and its program has not ended yet. */
export const STILL_REMOVING = 'the program of the last upgrade still removes its files';
/** @param id of the bundle */
export const underWay = (id: string): string => `upgrade ${id} is under way`;
