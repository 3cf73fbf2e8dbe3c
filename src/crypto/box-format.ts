/** How the boxes of a version lie in one buffer: format, count, then name, length and body of each. */
import { damaged } from './gcm.ts';

const FORMAT = 1;
const MAX_BOXES = 64;

/** A box as it lies in the buffer: nonce, tag and ciphertext in one piece. */
export interface SealedBox {
  readonly name: string;
  readonly body: Uint8Array;
}

/** Writes boxes in their order; at most 64, names of 255 bytes at most. */
export function packBoxes(boxes: readonly SealedBox[]): Buffer {
  if (boxes.length > MAX_BOXES) throw new RangeError('too many boxes');
  const parts: Uint8Array[] = [Buffer.of(FORMAT, boxes.length)];
  for (const { name, body } of boxes) {
    const nameBytes = Buffer.from(name);
    if (nameBytes.length > 255) throw new RangeError('a box name is too long');
    const head = Buffer.alloc(1 + nameBytes.length + 4);
    head.writeUInt8(nameBytes.length);
    nameBytes.copy(head, 1);
    head.writeUInt32BE(body.length, 1 + nameBytes.length);
    parts.push(head, body);
  }
  return Buffer.concat(parts);
}

/** Reads what `packBoxes` wrote; throws `DamagedRecordError` for anything else. */
export function unpackBoxes(bytes: Uint8Array): readonly SealedBox[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    if (buffer.readUInt8(0) !== FORMAT) throw damaged();
    const boxes: SealedBox[] = [];
    let at = 2;
    for (let left = buffer.readUInt8(1); left > 0; left--) {
      const nameEnd = at + 1 + buffer.readUInt8(at);
      const bodyEnd = nameEnd + 4 + buffer.readUInt32BE(nameEnd);
      if (bodyEnd > buffer.length) throw damaged();
      boxes.push({ name: buffer.toString('utf8', at + 1, nameEnd), body: buffer.subarray(nameEnd + 4, bodyEnd) });
      at = bodyEnd;
    }
    if (at !== buffer.length || new Set(boxes.map((box) => box.name)).size !== boxes.length) throw damaged();
    return boxes;
  } catch {
    throw damaged();
  }
}
