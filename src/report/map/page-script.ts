/** What a page does: search, and the answer for two ends. It reads the document that the page holds, and asks nobody. */
export const pageScript = `'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
// Workloads only: blocks of addresses can hold each other, so that what one is told need not be all of it.
const endsOf = new Map();
for (const island of data.islands)
  for (const { end, workload } of island.cars) {
    const name = workload.kind + ' ' + workload.namespace + '/' + workload.name;
    endsOf.set(name, [...(endsOf.get(name) ?? []), end]);
  }
const [from, to, answer, form] = ['from', 'to', 'answer', 'ask'].map((id) => document.getElementById(id));
const list = document.getElementById('ends');
for (const name of endsOf.keys()) list.append(new Option(name, name));
const element = (name, text) => { const made = document.createElement(name); made.textContent = text; return made; };
function ask() {
  const [source, destination] = [endsOf.get(from.value), endsOf.get(to.value)];
  answer.replaceChildren();
  for (const car of document.querySelectorAll('.car')) {
    const chosen = car.dataset.car === from.value || car.dataset.car === to.value;
    car.classList.toggle('chosen', chosen);
  }
  if (!source || !destination) {
    answer.append(element('p', from.value && !to.value ? 'From ' + from.value + ': choose where to.' : 'Choose two workloads that this page knows.'));
    return;
  }
  const found = data.connections.filter((one) => source.includes(one.from) && destination.includes(one.to));
  const verdict = found.some((one) => one.verdict === 'allowed') ? 'allowed'
    : found.length > 0 || data.incomplete.length > 0 || data.leftOut > 0 ? 'unknown' : 'denied';
  const title = element('p', '');
  title.append(element('strong', from.value + ' → ' + to.value + ': ' + verdict));
  answer.append(title);
  if (found.length === 0)
    answer.append(element('p', data.leftOut > 0 ? 'This page does not hold all connections; the command below knows.'
      : data.incomplete.length > 0 ? 'Not everything could be read; the command below says what is known.' : 'Nothing lets a connection through.'));
  const items = document.createElement('ul');
  for (const one of found) {
    const by = one.by.map((index) => data.rules[index]).join('; ') || 'no policy selects either end';
    const how = one.encryption === 'plaintext' ? 'in the clear' : one.encryption === 'unknown' ? 'encryption unknown' : one.encryption;
    items.append(element('li', (one.family ? one.family + ' ' : '') + one.what + ', ' + (one.verdict === 'unknown' ? 'unknown, ' : '') + how + ' — ' + by));
  }
  const word = (text) => /^[\\w./:-]+$/.test(text) ? text : "'" + text.replaceAll("'", "'\\\\''") + "'";
  const flow = (text) => word(text.replace(/^(\\S+) (?=\\S)/, '$1/'));
  const command = element('p', 'Step by step: ');
  command.append(element('code', 'tollgate flow ' + flow(from.value) + ' ' + flow(to.value)));
  answer.append(items, command);
}
form.addEventListener('submit', (event) => { event.preventDefault(); ask(); });
document.getElementById('clear').addEventListener('click', () => { from.value = ''; to.value = ''; ask(); });
function choose(car) {
  if (!from.value || to.value) { from.value = car.dataset.car; to.value = ''; } else to.value = car.dataset.car;
  ask();
}
for (const car of document.querySelectorAll('.car')) {
  car.addEventListener('click', () => choose(car));
  car.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); choose(car); }
  });
}
const search = document.getElementById('search');
search.addEventListener('input', () => {
  const text = search.value.toLowerCase();
  const hits = new Set(data.islands.filter((island) => island.name.toLowerCase().includes(text)
    || island.cars.some(({ workload }) => workload.name.toLowerCase().includes(text))).map(({ name }) => name));
  for (const row of document.querySelectorAll('#islands tbody tr')) row.hidden = !hits.has(row.dataset.name);
  for (const island of document.querySelectorAll('.island')) island.classList.toggle('dim', !hits.has(island.dataset.name));
  for (const bridge of document.querySelectorAll('[data-from]'))
    bridge.classList.toggle('dim', !hits.has(bridge.dataset.from) && !hits.has(bridge.dataset.to));
  document.getElementById('hits').textContent = hits.size + ' of ' + data.islands.length;
});
const matrix = document.querySelector('.matrix');
if (matrix) matrix.addEventListener('mousemove', (event) => {
  const box = matrix.getBoundingClientRect();
  const at = (place, start) => data.islands[Math.floor((place - start - Number(matrix.dataset.before)) / Number(matrix.dataset.side))];
  const [row, column] = [at(event.clientY, box.top), at(event.clientX, box.left)];
  document.getElementById('pointed').textContent = row && column ? row.name + ' → ' + column.name : '';
});
`;
