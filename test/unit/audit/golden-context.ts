/** The context in which the goldens of test/golden/audit were rendered. */
import type { RenderContext } from '../../../src/audit/render.ts';

/** Ids by index; `_count` may be told, all other values of a query may not. */
export const goldenContext: RenderContext = {
  eventId: (index) => `event-${index}`,
  mayTell: (_type, parameter) => parameter === '_count',
};
