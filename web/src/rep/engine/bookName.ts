/** The lock that the one worker with the book holds, the channel between workers, and the database. */
export const BOOK = "fieldbook-book";
