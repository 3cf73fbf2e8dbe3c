/** The laws of the lens for every shipped view as if its role might write all, with many cases. */
import { testLaws } from './lens-laws.ts';
import { openedCallers } from './lens-world.ts';

testLaws(openedCallers(), 2_000);
