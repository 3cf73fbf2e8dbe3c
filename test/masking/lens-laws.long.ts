/** The laws of the lens for every shipped view, with many cases. */
import { testLaws } from './lens-laws.ts';
import { shippedCallers } from './lens-world.ts';

testLaws(shippedCallers(), 2_000);
