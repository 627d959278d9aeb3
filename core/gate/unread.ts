/** Something that could not be read, and why. */
export interface Unread {
  fault: string;
}
