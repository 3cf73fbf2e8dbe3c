/** Two writers on one resource at once: nothing is lost (promise 3), with the figure of test:long. */
import { testWriters } from './two-writers.ts';

testWriters(1_000);
