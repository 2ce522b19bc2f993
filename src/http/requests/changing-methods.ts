/** The methods with which a client asks for a change. No route has another one, besides those that only read. */
export const CHANGING_METHODS: ReadonlySet<string> = new Set(['PUT', 'POST', 'DELETE']);
