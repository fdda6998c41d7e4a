import type { Part } from '../originals/index.ts';

/** Thrown while one statement of a document is read, where it cannot be taken over: the statement is listed with the message. */
export class NotTaken extends Error {
  /** What is to blame, where that is a part of the statement. */
  readonly part: Part | null;

  constructor(message: string, part: Part | null = null) {
    super(message);
    this.part = part;
  }
}
