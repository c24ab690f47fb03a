/** A page with the book and nothing else: what the tests of the engine drive. */
import { openBook } from "../../src/rep/engine/client";
import type { BookEvent } from "../../src/rep/engine/contract";

const book = openBook(false);
const events: BookEvent[] = [];
book.listen((event) => events.push(event));
Object.assign(window, { book, events });
document.title = "ready";
