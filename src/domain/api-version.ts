/** The two APIs that controllers speak: 0.5 until Rocky (one haproxy per listener), 1.0 from Stein on. */
export type ApiVersion = '0.5' | '1.0';
