/** Two writers on one resource at once: nothing is lost (promise 3). */
import { testWriters } from './two-writers.ts';

testWriters(40);
