// Passkeys: ask the device, and send what it answers by the form of the page. Without this, codes remain.

const bytesOf = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const textOf = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

/** What the server asks, with bytes where the browser wants bytes. */
function asked(options) {
  const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytesOf(one.id) }));
  const made = { ...options, challenge: bytesOf(options.challenge) };
  if (options.user) made.user = { ...options.user, id: bytesOf(options.user.id) };
  if (options.allowCredentials) made.allowCredentials = known(options.allowCredentials);
  if (options.excludeCredentials) made.excludeCredentials = known(options.excludeCredentials);
  return made;
}

/** What the device answers, as the server reads it. */
function answered(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (credential.response[name]) response[name] = textOf(credential.response[name]);
  return { id: credential.id, rawId: textOf(credential.rawId), type: credential.type, response };
}

function prepare(form) {
  const { passkey: verb, options } = form.dataset;
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("[type=submit]");
  form.querySelector("[data-with-script]").hidden = false;
  for (const one of document.querySelectorAll("[data-without-script]")) one.hidden = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    said.textContent = "";
    try {
      const credential = await navigator.credentials[verb]({ publicKey: asked(JSON.parse(options)) });
      form.elements.answer.value = JSON.stringify(answered(credential));
      form.submit();
    } catch (fault) {
      const isKnown = fault.name === "InvalidStateError" && said.dataset.known;
      said.textContent = isKnown ? said.dataset.known : said.dataset.refused;
      button.disabled = false;
    }
  });
}

if (window.PublicKeyCredential) document.querySelectorAll("form[data-passkey]").forEach(prepare);
