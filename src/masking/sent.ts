/** What a caller saw and what it sent of some members, without the markers that views add by definition. */
import { equalJson, isArray, type Json, type JsonObject } from '../core/json.ts';
import { fillMarkers, itemNodes, maskMembers, writeNodes } from './get.ts';
import { type PutScope, sameNode } from './put-scope.ts';

/** Both sides of an edit. */
export interface Look {
  readonly seen: JsonObject;
  readonly sent: JsonObject;
}

/** Takes away from what was sent the markers of masked and required elements: sent back they mean "as stored". */
export function lookAt(stored: JsonObject, edited: JsonObject, scope: PutScope): Look {
  const seen = maskMembers(stored, scope.states, scope.context);
  const filled = fillMarkers(seen, scope.states, scope.context);
  if (filled === seen) return { seen, sent: edited };
  const sent: Record<string, Json> = Object.create(null);
  for (const [name, value] of Object.entries(edited)) if (value !== undefined) sent[name] = value;
  for (const name of Object.keys(filled)) {
    const marked = filled[name];
    if (equalJson(marked, seen[name])) continue;
    if (isArray(marked)) dropMarkerItem(sent, name.startsWith('_') ? name.slice(1) : name, filled);
    else if (equalJson(sent[name], marked)) restore(sent, name, seen[name]);
  }
  return { seen, sent };
}

function restore(sent: Record<string, Json>, name: string, value: Json | undefined): void {
  if (value === undefined) delete sent[name];
  else sent[name] = value;
}

// The marker of a list stands behind the items that are shown; a client may have put others behind it.
function dropMarkerItem(sent: Record<string, Json>, name: string, filled: JsonObject): void {
  const marker = itemNodes(filled[name], filled[`_${name}`], '').at(-1);
  const items = itemNodes(sent[name], sent[`_${name}`], '');
  const at = items.findLastIndex((item) => sameNode(item, marker));
  if (at < 0) return;
  delete sent[name];
  delete sent[`_${name}`];
  writeNodes(sent, name, items.toSpliced(at, 1));
}
