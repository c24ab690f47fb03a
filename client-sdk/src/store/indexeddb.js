// The few calls of IndexedDB that the store in a browser is made of. A batch crosses from Rust once, not once a record.

/** The one object store: keys and values are bytes. */
const RECORDS = "records";
/** Beside it, what is not part of the book: the key that a PIN is mixed with, and how often it was wrong. */
const KEYRING = "keyring";
/** The layout of the database. */
const VERSION = 1;
/** What a length takes in a run of records. */
const LENGTH_BYTES = 4;

const KINDS = { QuotaExceededError: "full", VersionError: "too-new", InvalidStateError: "gone", UnknownError: "io" };

/** What went wrong, as one word for Rust and the browser's own words. */
function problem(error) {
  const kind = KINDS[error?.name] ?? "io";
  return { kind, what: `${error?.name ?? "Error"}: ${error?.message ?? ""}` };
}

function settled(request) {
  return new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(problem(request.error));
  });
}

function committed(transaction) {
  return new Promise((done, fail) => {
    transaction.oncomplete = () => done(undefined);
    transaction.onabort = () => fail(problem(transaction.error));
  });
}

/** A range of all keys that begin with these bytes; nothing for all keys. */
function range(prefix) {
  if (prefix.length === 0) return undefined;
  const end = Array.from(prefix);
  while (end.length > 0 && end[end.length - 1] === 0xff) end.pop();
  if (end.length === 0) return IDBKeyRange.lowerBound(prefix);
  end[end.length - 1] += 1;
  return IDBKeyRange.bound(prefix, new Uint8Array(end), false, true);
}

/** Opens or makes a database. Refuses where the browser keeps none, or another program holds it up. */
export async function openDatabase(name) {
  if (typeof indexedDB === "undefined") throw { kind: "unwritable", what: "this browser keeps no data here" };
  let request;
  try {
    request = indexedDB.open(name, VERSION);
  } catch (error) {
    throw { kind: "unwritable", what: problem(error).what };
  }
  const database = await new Promise((done, fail) => {
    request.onupgradeneeded = () => {
      request.result.createObjectStore(RECORDS);
      request.result.createObjectStore(KEYRING);
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => {
      const { kind, what } = problem(request.error);
      fail({ kind: kind === "io" || kind === "gone" ? "unwritable" : kind, what });
    };
    request.onblocked = () => fail({ kind: "locked", what: "another page holds an older version open" });
  });
  const open = { database, gone: false, ahead: new Map() };
  // Cleared by the person or the browser, or wanted by a newer version: let go, and say so from then on.
  database.onclose = () => (open.gone = true);
  database.onversionchange = () => {
    open.gone = true;
    database.close();
  };
  return open;
}

/** Lets go of it. */
export function closeDatabase(open) {
  open.gone = true;
  open.database.close();
}

/** Removes a database with everything in it. */
export async function removeDatabase(name) {
  await settled(indexedDB.deleteDatabase(name));
}

function begin(open, stores, mode, options) {
  if (open.gone) throw { kind: "gone", what: "the browser closed the storage" };
  try {
    return open.database.transaction(stores, mode, options);
  } catch (error) {
    throw problem(error);
  }
}

/** The values of keys, in their order; `undefined` where there is none. */
export async function getRecords(open, keys) {
  const records = begin(open, RECORDS, "readonly").objectStore(RECORDS);
  return Promise.all(keys.map((key) => settled(records.get(key))));
}

/**
 * Keys and values of a prefix, in the order of the keys, as one run of bytes that crosses into Rust at once: before each key
 * and each value its length, in four bytes, the lowest first.
 */
export async function scanRecords(open, prefix) {
  if (open.gone) throw { kind: "gone", what: "the browser closed the storage" };
  const ahead = open.ahead.get(String(prefix));
  open.ahead.delete(String(prefix));
  return (await ahead) ?? packed(open, prefix);
}

/** Reads what the next scan of a prefix is asked for, unless something is written before. */
export function readAhead(open, prefix) {
  // What cannot be read now is read, or told, by the scan.
  open.ahead.set(String(prefix), packed(open, prefix).catch(() => undefined));
}

async function packed(open, prefix) {
  const records = begin(open, RECORDS, "readonly").objectStore(RECORDS);
  const within = range(prefix);
  const [keys, values] = await Promise.all([settled(records.getAllKeys(within)), settled(records.getAll(within))]);
  const parts = keys.flatMap((key, at) => [new Uint8Array(key), values[at]]);
  const run = new Uint8Array(parts.reduce((sum, part) => sum + LENGTH_BYTES + part.length, 0));
  const lengths = new DataView(run.buffer);
  let at = 0;
  for (const part of parts) {
    lengths.setUint32(at, part.length, true);
    run.set(part, at + LENGTH_BYTES);
    at += LENGTH_BYTES + part.length;
  }
  return run;
}

/** One batch, all or nothing; done when it is on the disk. A value that is `undefined` deletes. */
export function commitRecords(open, keys, values) {
  open.ahead.clear();
  const transaction = begin(open, RECORDS, "readwrite", { durability: "strict" });
  const done = committed(transaction);
  const records = transaction.objectStore(RECORDS);
  try {
    keys.forEach((key, at) => (values[at] === undefined ? records.delete(key) : records.put(values[at], key)));
  } catch (error) {
    done.catch(() => undefined);
    transaction.abort();
    return Promise.reject(problem(error));
  }
  transaction.commit();
  return done;
}

/** A value beside the records. */
export async function keyringGet(open, name) {
  return settled(begin(open, KEYRING, "readonly").objectStore(KEYRING).get(name));
}

/** Stores a value beside the records, on the disk. */
export async function keyringPut(open, name, value) {
  const transaction = begin(open, KEYRING, "readwrite", { durability: "strict" });
  const done = committed(transaction);
  transaction.objectStore(KEYRING).put(value, name);
  return done;
}
