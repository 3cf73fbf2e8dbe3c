/** Narrative: what may be shown, what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { narrativeFault } from '../../../src/validation/narrative.ts';
import { faultsOf, patient } from './validator.ts';

const NS = 'xmlns="http://www.w3.org/1999/xhtml"';

test('narrative: plain XHTML is fine', () => {
  for (const div of [
    '<div>text</div>',
    `<div ${NS}><p>a &amp; b &#160;&eacute; <b>c</b><br/></p></div>`,
    `<div ${NS} xml:lang="de" lang='de'><a href="http://example.org/x?a=1&amp;b=2">x</a><a name="y"> </a></div>`,
    `<div ${NS}><a href="#p1">x</a><a href="Patient/1">y</a><a href="mailto:a@example.org">z</a></div>`,
    `<div ${NS}><img src="data:image/png;base64,AAAA" alt="x"/></div>`,
    `\n<div ${NS}><table border="1" class="grid"><tr><td colspan="2" style="color: red; font-weight:bold">x</td></tr></table></div>\n`,
    `<div ${NS}><!-- a comment --><p>x</p></div>`,
    '<div>&lt;script&gt;</div>',
    '<div title="caf&eacute;">x</div>',
  ]) {
    assert.equal(narrativeFault(div), undefined, div);
  }
});

test('narrative: nothing that runs, submits or fetches', () => {
  const hostile = [
    '<script>x</script>',
    '<SCRIPT>x</SCRIPT>',
    '<p onclick="x">x</p>',
    "<p ONMOUSEOVER='x'>x</p>",
    '<img src="x" onerror="x"/>',
    '<iframe src="x">x</iframe>',
    '<object data="x">x</object>',
    '<embed src="x"/>',
    '<form action="x"><input name="x"/></form>',
    '<svg><p>x</p></svg>',
    '<math><p>x</p></math>',
    '<style>x</style>',
    '<link rel="stylesheet" href="x"/>',
    '<base href="x"/>',
    '<meta charset="x"/>',
    '<a href="javascript:x">x</a>',
    '<a href=" JaVaScRiPt:x">x</a>',
    '<a href="java&#x09;script:x">x</a>',
    '<a href="java\nscript:x">x</a>',
    '<a href="javascript&colon;x">x</a>',
    '<a href="&#106;avascript:x">x</a>',
    '<a href="&#0000106avascript:x">x</a>',
    '<a href="&#00000000106;avascript:x">x</a>',
    '<a href="javascript&#58x">x</a>',
    '<a href="&nbsp;javascript:x">x</a>',
    '<p style="width: expression&lpar;x)">x</p>',
    '<a href="vbscript:x">x</a>',
    '<a href="data:text/html,x">x</a>',
    '<img src="data:image/svg+xml;base64,AAAA"/>',
    '<p style="background: url(http://example.org/x)">x</p>',
    '<p style="width: expression(x)">x</p>',
    '<p style="width: exp/**/ression(x)">x</p>',
    '<p style="width: \\65xpression(x)">x</p>',
    '<p data-x="x">x</p>',
    '<p srcset="x">x</p>',
    '<![CDATA[<script>x</script>]]>',
    '<?xml-stylesheet href="x"?>',
    '<!DOCTYPE html>',
    '<!-- x --!><script>x</script> -->',
    '<x:script>x</x:script>',
  ];
  for (const inner of hostile) assert.notEqual(narrativeFault(`<div>text ${inner}</div>`), undefined, inner);
});

test('narrative: must be well-formed, one div, with content', () => {
  for (const div of [
    'text',
    '<p>x</p>',
    '<divx>x</divx>',
    '<div>',
    '<div>x',
    '<div/>',
    '<div> \n</div>',
    '<div>x</p>',
    '<div><p>x</div></p>',
    '<div>x</div><div>y</div>',
    '<div>x</div>y',
    '<div>a < b</div>',
    '<div>a & b</div>',
    '<div title="a & b">x</div>',
    '<div><br>x</div>',
    '<div class=x>x</div>',
    '<div class="x" class="y">x</div>',
    '<div class="a<b">x</div>',
    '<div class="x"id="y">x</div>',
    '<div xmlns="http://www.w3.org/2000/svg">x</div>',
    '<div>x</div',
  ]) {
    assert.notEqual(narrativeFault(div), undefined, div);
  }
});

test('narrative: any text is judged without throwing', () => {
  const piece = fc.constantFrom(
    '<div>',
    '</div>',
    '<',
    '>',
    '"',
    '=',
    '&',
    '<p ',
    'href="',
    '/>',
    '<!--',
    '-->',
    'x',
    ' ',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 20 }).map((pieces) => `<div>${pieces.join('')}`),
  );
  fc.assert(fc.property(text, (div) => ['string', 'undefined'].includes(typeof narrativeFault(div))));
});

test('narrative: hostile texts take time in proportion to their length', () => {
  const many = 100_000;
  const start = performance.now();
  for (const inner of [
    '<b>'.repeat(many),
    '&'.repeat(many),
    '<b>x</b>'.repeat(many),
    `<p ${'a="" '.repeat(many)}`,
    '<!--',
    ' '.repeat(many),
  ]) {
    narrativeFault(`<div>${inner}</div>`);
    narrativeFault(`<div>${inner}`);
    narrativeFault(`<div><a href="${inner}">x</a></div>`);
  }
  assert.ok(performance.now() - start < 5000);
});

test('narrative: a fault is one of text.div, naming no content', () => {
  const text = { status: 'generated', div: '<div><script>secret</script></div>' };
  assert.deepEqual(faultsOf(patient({ text })), ['value Patient.text.div']);
  assert.deepEqual(faultsOf(patient({ text: { status: 'generated' } })), ['required Patient.text.div']);
  assert.deepEqual(faultsOf(patient({ text: { status: 'generated', div: 7 } })), ['value Patient.text.div']);
});
