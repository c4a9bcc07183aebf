/** How many looks in a row may each find something new before it is taken up as it stands. */
const patience = 3;

/**
 * Says at each look whether the files should be read now. A file that somebody is still writing can be valid YAML, with
 * its last rules missing. So a change waits until two looks in a row found the same. A file that never comes to rest,
 * such as a log in the folder, cannot hold a change up for good.
 */
export function createDebounce(taken: string) {
  let last = taken;
  let restless = 0;
  return {
    /** @param signature of the files as they are now */
    due(signature: string): boolean {
      const rests = signature === last;
      last = signature;
      restless = rests ? 0 : restless + 1;
      return signature !== taken && (rests || restless >= patience);
    },
    /** The files were read while they had this signature. */
    took(signature: string): void {
      taken = signature;
      restless = 0;
    },
  };
}
