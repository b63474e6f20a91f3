'use strict';

// The page on which a person approves a device. Domain and token stay in their fields, and nowhere else: no storage, no
// cookies, no addresses. All that a device says is put in as text.

const byId = (id) => document.getElementById(id);
const fields = { code: byId('code'), domain: byId('domain'), token: byId('token'), name: byId('name') };
const forms = { find: byId('find'), approve: byId('approve') };
const device = byId('device');

/** The enrolment on show; what is approved is this one, whatever stands in the fields by then. */
let shown;

/** Relative to this page, so that it works behind a proxy that adds a prefix. */
const address = (domain, path) =>
  new URL(`${encodeURIComponent(domain)}/enrolments/${path}`, document.baseURI);

class Refusal extends Error {}

async function ask(path, body) {
  const domain = fields.domain.value.trim();
  const headers = {
    authorization: `Bearer ${fields.token.value.trim()}`,
    'content-type': 'application/json',
  };
  let response;
  try {
    response = await fetch(address(domain, path), {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    });
  } catch {
    throw new Refusal('The service cannot be reached. Try again.');
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new Refusal(whatWentWrong(response, answer));
}

function whatWentWrong(response, { code, message = `status ${response.status}` }) {
  const wait = response.headers.get('retry-after');
  if (response.status === 401) return 'The token is not accepted.';
  if (code === 'not_a_member') return 'This token may not approve devices in this domain.';
  return `${message}${wait ? ` (wait ${wait} s)` : ''}`;
}

function tell(text, kind) {
  const message = byId('message');
  message.textContent = text;
  message.className = `message ${kind}`;
  message.hidden = text === '';
}

/** One thing at a time: a second click while an answer is awaited does nothing. */
async function work(act) {
  const buttons = [...document.querySelectorAll('button')];
  for (const button of buttons) button.disabled = true;
  tell('', '');
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    tell(error.message, 'bad');
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

/** Four lines of four groups, which are easier to compare. */
const inGroups = (hex) =>
  hex
    .match(/.{1,16}/g)
    .map((line) => line.match(/.{1,4}/g).join(' '))
    .join('\n');

function show(enrolment) {
  shown = enrolment;
  const { key_fingerprint: key, device: says, origin, expires_at: until } = enrolment;
  byId('fingerprint').textContent = key ? inGroups(key) : 'unknown';
  byId('key-hint').textContent = key
    ? 'Approve only if the device shows the same.'
    : 'This is an old device, which hands its key in last. Approve only if you see the code on it right now.';
  const facts = {
    Model: says.model,
    Serial: says.serial,
    'Host name': says.hostname,
    Address: says.address,
    'Asked from': origin,
    'Approve before': new Date(until).toLocaleTimeString(),
  };
  const rows = Object.entries(facts).flatMap(([name, value]) => [
    cell('dt', name),
    cell('dd', value ?? '(not said)'),
  ]);
  byId('facts').replaceChildren(...rows);
  fields.name.value = says.hostname ?? says.serial ?? '';
  turnTo(device);
  device.querySelector('h2').scrollIntoView?.();
}

function cell(kind, text) {
  const element = document.createElement(kind);
  element.textContent = text;
  return element;
}

function turnTo(part) {
  forms.find.hidden = part !== forms.find;
  device.hidden = part !== device;
}

function done(text, kind) {
  shown = undefined;
  fields.code.value = '';
  turnTo(forms.find);
  tell(text, kind);
  fields.code.focus();
}

forms.find.addEventListener('submit', (event) => {
  event.preventDefault();
  void work(async () => show(await ask('lookup', { code: fields.code.value })));
});

forms.approve.addEventListener('submit', (event) => {
  event.preventDefault();
  void work(async () => {
    const { name, machine_id: id } = await ask(`${encodeURIComponent(shown.id)}/approve`, {
      name: fields.name.value.trim(),
    });
    done(`Approved: ${name} is machine ${id}.`, 'good');
  });
});

byId('deny-button').addEventListener('click', () => {
  void work(async () => {
    await ask(`${encodeURIComponent(shown.id)}/deny`, {});
    done('Denied: the device gets nothing.', 'good');
  });
});

byId('back-button').addEventListener('click', () => done('', ''));
