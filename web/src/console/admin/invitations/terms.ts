/** For how long codes hold, and where they lead. */

/** What an administrator chooses before codes are made. */
export interface Terms {
  readonly days: number;
  readonly address: string;
}

/** As the hub would choose, and the address one is at. */
export const usualTerms = (): Terms => ({ days: 7, address: location.origin });
