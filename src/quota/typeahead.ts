/** Letters typed within so many milliseconds are one word. */
const PAUSE = 800;

/** Finds a row by the letters that its name begins with. */
export class TypeAhead {
  /**
   * Take one more letter.
   *
   * @param names - Of the rows; `null` where a row has none.
   * @param at - Where the keyboard is; -1 for nowhere.
   * @returns Where it goes; -1 where no name begins so.
   */
  type(letter: string, names: readonly (string | null)[], at: number): number {
    const now = Date.now();
    this._typed = now - this._last > PAUSE ? letter : this._typed + letter;
    this._last = now;
    const typed = this._typed.toLowerCase();
    // The same letter again and again goes from one to the next.
    const one = [...typed].every(each => each === typed[0]);
    const wanted = one ? typed[0] : typed;
    const from = one ? at + 1 : Math.max(0, at);
    for (let i = 0; i < names.length; i++) {
      const index = (from + i) % names.length;
      if (names[index]?.toLowerCase().startsWith(wanted)) {
        return index;
      }
    }
    return -1;
  }

  private _typed = '';
  private _last = 0;
}
