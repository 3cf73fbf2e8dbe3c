/** The laws of the lens for every shipped view as if its role might write all that it sees. */
import { testLaws } from './lens-laws.ts';
import { openedCallers } from './lens-world.ts';

testLaws(openedCallers(), 200);
