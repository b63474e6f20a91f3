'use strict';

// The page on which a person approves a device. Code, domain and token stay in their fields, and nowhere else: no storage,
// no cookies, no addresses. All that a device says is put in as text.

const byId = (id) => document.getElementById(id);
const fields = { code: byId('code'), domain: byId('domain'), token: byId('token'), name: byId('name') };
const views = { find: byId('find'), device: byId('device'), done: byId('done') };

/** The enrolment on show; what is approved is this one, whatever stands in the fields by then. */
let shown;
/** Counts changes of view, so that what was begun in an earlier one is seen to be over. */
let turns = 0;

/** What to do about a refusal, and the field that it is about; for all others the service's own words serve. */
const ADVICE = {
  code_malformed: ['code', 'This is not a code. Type it just as the device shows it, such as BCDF-GHJK.'],
  code_unknown: [
    'code',
    'No device is waiting with this code. Compare it with the device, which shows a new one when the old one has expired.',
  ],
  code_contested: ['code', 'More than one device shows this code. Wait until yours shows another one.'],
  enrolment_expired: ['code', 'This code has expired. Type the new one that the device shows.'],
  enrolment_unknown: ['code', 'This code has expired. Type the new one that the device shows.'],
  enrolment_denied: ['code', 'This device was denied meanwhile. Type another code.'],
  may_not_create: [
    'token',
    'Your token cannot create clients in this domain, so it cannot approve devices. Ask an administrator of the domain.',
  ],
  not_a_member: ['domain', 'Your token cannot approve devices in this domain. Check both.'],
  operator_needs_credentials: [
    'token',
    "This token cannot act on the platform. Use a platform user's token.",
  ],
};

/** @param field the id of the one it is about; the whole view's when absent */
class Refusal extends Error {
  constructor(text, field) {
    super(text);
    this.field = field;
  }
}

async function ask(method, path, body) {
  let response;
  try {
    // Relative to this page, so that it works behind a proxy that adds a prefix.
    const domain = encodeURIComponent(fields.domain.value.trim());
    response = await fetch(new URL(`${domain}/enrolments/${path}`, document.baseURI), {
      method,
      headers: {
        authorization: `Bearer ${fields.token.value.trim()}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    });
  } catch {
    throw new Refusal('The service cannot be reached. Check your connection, then try again.');
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw refusal(response, answer);
  return answer;
}

function refusal({ status, headers }, { code, message = `the service answered ${status}`, field, limit }) {
  if (status === 401)
    return new Refusal('This token is not valid, or has expired. Paste a new one.', 'token');
  const wait = inWords(Number(headers.get('retry-after')));
  if (code === 'too_many_attempts') {
    const where = { operator: 'with this token', address: 'from your network' }[limit] ?? 'here';
    return new Refusal(`Too many wrong codes were typed ${where}. Wait ${wait}, then try again.`, 'code');
  }
  if (Object.hasOwn(ADVICE, code)) return new Refusal(ADVICE[code][1], ADVICE[code][0]);
  const said = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
  return new Refusal(
    wait ? `${said} Try again in ${wait}.` : said,
    Object.hasOwn(fields, field) ? field : undefined,
  );
}

function inWords(seconds) {
  if (!seconds) return '';
  const [value, unit] = seconds > 90 ? [Math.ceil(seconds / 60), 'minute'] : [seconds, 'second'];
  return new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}

/** One thing at a time: what is pressed while an answer is awaited does nothing. */
async function work(act) {
  const main = document.querySelector('main');
  if (main.ariaBusy === 'true') return;
  main.ariaBusy = 'true';
  for (const problem of document.querySelectorAll('.problem[id]')) settle(problem);
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    complain(error.message, error.field);
  } finally {
    main.ariaBusy = 'false';
  }
}

function settle(problem) {
  problem.hidden = true;
  byId(problem.id.replace('-problem', '')).removeAttribute('aria-invalid');
}

function complain(text, field) {
  const view = field ? fields[field].form : Object.values(views).find(({ hidden }) => !hidden);
  if (view.hidden) turnTo(view);
  const problem = byId(`${field ?? view.id}-problem`);
  problem.textContent = text;
  problem.hidden = false;
  if (!field) return;
  fields[field].setAttribute('aria-invalid', 'true');
  fields[field].focus();
}

/** Says of every empty field what it is for; the first gets the focus. */
function isFilled(form) {
  const empty = Object.values(fields).filter((field) => field.form === form && !field.value.trim());
  for (const { id, dataset } of empty.reverse()) complain(dataset.missing, id);
  return empty.length === 0;
}

function turnTo(view) {
  turns += 1;
  for (const each of Object.values(views)) each.hidden = each !== view;
  scrollTo(0, 0);
  (view === views.find ? fields.code : view.querySelector('h1')).focus();
}

/** Where the enrolment stands now: to be decided, or decided. */
function show(enrolment) {
  shown = enrolment;
  if (['pending', 'approving'].includes(enrolment.state)) showDevice(enrolment);
  else showOutcome(enrolment);
}

function showDevice({
  key_fingerprint: key,
  device: says,
  origin,
  created_at: since,
  expires_at: until,
  name,
}) {
  byId('key').hidden = !key;
  byId('no-key').hidden = Boolean(key);
  // Spaces too: for copies, and for screen readers.
  const groups = key?.match(/.{4}/g) ?? [];
  byId('fingerprint').replaceChildren(...groups.flatMap((group) => [cell('span', group), ' ']));
  const said = { Model: says.model, Serial: says.serial, 'Host name': says.hostname, Address: says.address };
  byId('says').hidden = !list('said', said);
  list('known', { 'Requested from': origin, 'Requested at': clock(since), 'Code expires at': clock(until) });
  byId('joins').textContent = fields.domain.value.trim();
  fields.name.value = name ?? says.hostname ?? says.serial ?? '';
  turnTo(views.device);
}

const OUTCOMES = {
  redeemed: ['is enrolled', 'The device has its certificate.'],
  denied: ['is denied', 'The device gets nothing. It can request a new code.'],
  expired: [
    'came too late',
    'The device has not fetched its certificate in time. It must request a new code.',
  ],
};
const APPROVED = [
  'is approved',
  'The device fetches its certificate by itself, within seconds if it is running.',
];

function showOutcome({
  id,
  state,
  name,
  device: says,
  machine_id: machine,
  domain_id: domain,
  redeem_by: until,
}) {
  const [happened, means] = OUTCOMES[state] ?? APPROVED;
  views.done.className = `card ${state}`;
  views.done.querySelector('h1').textContent =
    `${name ?? says.hostname ?? says.serial ?? 'The device'} ${happened}`;
  byId('outcome').textContent = means;
  byId('undo').hidden = state !== 'approved';
  list('result', { Machine: machine, Domain: domain, 'Fetches it by': isOpen() && clock(until) });
  fields.code.value = '';
  if (!views.done.hidden) return;
  turnTo(views.done);
  void watch(id);
}

/** Whether the device has still to fetch its certificate. */
const isOpen = () => !Object.hasOwn(OUTCOMES, shown.state);

/** Tells when the device has fetched its certificate, as long as that is on show; asks less and less often. */
async function watch(id) {
  const turn = turns;
  const goesOn = () => turn === turns && isOpen();
  for (let wait = 1_000; goesOn(); wait = Math.min(wait * 1.25, 15_000)) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    const now = goesOn() && (await ask('GET', encodeURIComponent(id)).catch(() => false));
    if (now && goesOn() && now.state !== shown.state) show(now);
  }
}

/** Only what there is. Returns whether there is anything. */
function list(id, facts) {
  const told = Object.entries(facts).filter(([, value]) => value);
  byId(id).replaceChildren(...told.flatMap(([name, value]) => [cell('dt', name), cell('dd', value)]));
  return told.length > 0;
}

function cell(kind, text) {
  const element = document.createElement(kind);
  element.textContent = text;
  return element;
}

const clock = (time) => new Date(time).toLocaleTimeString([], { timeStyle: 'short' });

/** Upper case, with a dash after four letters; codes with digits are legacy devices' own and have none. */
function shapeCode() {
  const { code } = fields;
  const plain = (text) => text.replace(/[^a-z0-9]/gi, '').toUpperCase();
  const shape = (text) => (/^[A-Z]{5,}$/.test(text) ? `${text.slice(0, 4)}-${text.slice(4)}` : text);
  const whole = plain(code.value).slice(0, 8);
  const before = plain(code.value.slice(0, code.selectionStart)).length;
  code.value = shape(whole);
  const caret = before + (before > 4 && code.value.includes('-') ? 1 : 0);
  code.setSelectionRange(caret, caret);
}

const decide = (path, body) =>
  work(async () => show(await ask('POST', `${encodeURIComponent(shown.id)}/${path}`, body)));

views.find.addEventListener('submit', (event) => {
  event.preventDefault();
  // The dash is for people: legacy devices' codes are known only as they are.
  const code = fields.code.value.replace('-', '');
  if (isFilled(views.find)) void work(async () => show(await ask('POST', 'lookup', { code })));
});
views.device.addEventListener('submit', (event) => {
  event.preventDefault();
  if (isFilled(views.device)) void decide('approve', { name: fields.name.value.trim() });
});
for (const id of ['deny', 'undo']) byId(id).addEventListener('click', () => void decide('deny', {}));
for (const id of ['back', 'next'])
  byId(id).addEventListener('click', () => {
    fields.code.value = '';
    turnTo(views.find);
  });

fields.code.addEventListener('input', (event) => event.isComposing || shapeCode());
for (const field of Object.values(fields))
  field.addEventListener('input', () => settle(byId(`${field.id}-problem`)));

// The browser may keep a page that was left, for its "back" button.
addEventListener('pagehide', () => {
  fields.code.value = fields.token.value = '';
  turnTo(views.find);
});

byId('insecure').hidden = isSecureContext;

// Links are kept and passed on, so that nothing but a domain is taken from one, and nothing else stays in the address.
const domain = new URLSearchParams(location.search).get('domain') ?? '';
fields.domain.value = domain;
history.replaceState(null, '', location.pathname + (domain && `?${new URLSearchParams({ domain })}`));
