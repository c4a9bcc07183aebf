/** What one person of the walk-through lived through. */
export interface Chapter {
  readonly title: string;
  /** How it ended, in a few words. */
  readonly gist: string;
  readonly lines: readonly Line[];
}

interface Line {
  /** Since the form was sent; `null`: no matter. */
  readonly ms: number | null;
  readonly text: string;
}

/** Written while the walk-through goes on: for the terminal at once, for the start page afterwards. */
export class Diary {
  readonly chapters: { title: string; gist: string; lines: Line[] }[] = [];
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  begin(title: string): void {
    this.chapters.push({ title, gist: '', lines: [] });
    this.#say(`\n${title}`);
  }

  note(text: string, ms: number | null = null): void {
    this.chapters.at(-1)?.lines.push({ ms, text });
    this.#say(`  ${(ms === null ? '' : `${ms} ms`).padStart(9)}  ${text}`);
  }

  end(gist: string): void {
    const chapter = this.chapters.at(-1);
    if (chapter !== undefined) {
      chapter.gist = gist;
    }
  }
}
