// The worker monitor: it speaks GraphQL with the API of its own address and keeps the token in memory only.
const SIGN_IN = `mutation SignIn($email: String!, $password: String!) {
  signIn(email: $email, password: $password) {
    __typename
    ... on Session { accessToken }
    ... on UserError { message }
  }
}`;
const WORKERS = `query Workers {
  syncWorkers {
    name version deploymentId state concurrency running completedPerMinute failedPerMinute heartbeatAgeSeconds
    held { itemId kind remoteId attempt heldSeconds leaseEndsInSeconds }
  }
}`;
const EVERY_MS = 5000;
const SHOWN = 10;

const form = document.getElementById('sign-in');
const table = document.getElementById('workers');
const said = document.getElementById('said');
let token = null;

async function ask(query, variables) {
  const headers = { 'content-type': 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  if (!errors) return data;
  const [{ message, extensions }] = errors;
  throw Object.assign(new Error(message), { code: extensions?.code });
}

const heldText = ({ kind, remoteId, attempt, heldSeconds, leaseEndsInSeconds }) =>
  `${kind} ${remoteId ?? ''}: attempt ${attempt}, for ${heldSeconds} s, lease ends in ${leaseEndsInSeconds} s`;

function cellOf(lines) {
  const cell = document.createElement('td');
  for (const line of lines) cell.append(line, document.createElement('br'));
  return cell;
}

function rowOf(worker) {
  const { held } = worker;
  const more = held.length > SHOWN ? [`and ${held.length - SHOWN} more`] : [];
  const row = document.createElement('tr');
  row.className = worker.state;
  row.append(
    ...[
      [worker.name],
      [worker.version],
      [worker.deploymentId ?? 'unknown'],
      [worker.state],
      [`${worker.heartbeatAgeSeconds} s ago`],
      [`${worker.running} of ${worker.concurrency}`],
      [`${worker.completedPerMinute} / ${worker.failedPerMinute}`],
      [...held.slice(0, SHOWN).map(heldText), ...more],
    ].map(cellOf),
  );
  return row;
}

async function show() {
  try {
    const { syncWorkers } = await ask(WORKERS);
    table.tBodies[0].replaceChildren(...syncWorkers.map(rowOf));
    table.hidden = false;
    said.textContent = syncWorkers.length === 0 ? 'No worker runs.' : '';
  } catch (error) {
    said.textContent = error.message;
    if (error.code === 'UNAUTHENTICATED') {
      token = null;
      form.hidden = false;
      return;
    }
  }
  setTimeout(show, EVERY_MS);
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { email, password } = Object.fromEntries(new FormData(form));
  try {
    const { signIn } = await ask(SIGN_IN, { email, password });
    if (signIn.__typename !== 'Session') throw new Error(signIn.message);
    token = signIn.accessToken;
    form.reset();
    form.hidden = true;
    await show();
  } catch (error) {
    said.textContent = error.message;
  }
});
