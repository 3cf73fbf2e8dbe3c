/** A version that is about to be committed, as a record that can be shown: sealed, and open without a key. */
import type { ResourceJson } from '../core/json.ts';
import type { OpenRecord } from '../core/record.ts';
import type { PreparedWrite } from '../store/repository.ts';

const ALL = 'all';

/** The record of a prepared write; its one box is the plain resource that was sealed. */
export function writtenRecord(prepared: PreparedWrite, resource: ResourceJson): OpenRecord {
  const { resourceType: _type, id: _id, ...members } = resource;
  const text = JSON.stringify(members);
  return {
    ...prepared.write.record,
    rowTerms: prepared.rowTerms,
    boxNames: [ALL],
    open: (box) => (box === ALL ? text : undefined),
    resource: () => resource,
  };
}
