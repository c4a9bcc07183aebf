import type { ReviewDeps } from '../../src/http/review.ts';

/** For pages of operators, where no request waits. */
export const nothingToReview: ReviewDeps = {
  review: async () => ({ requests: [], more: 0 }),
  retry: async () => false,
};
