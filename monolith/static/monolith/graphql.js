// Sends the query in the form of /-/graphql-explorer, with the session of the viewer.
"use strict";

(() => {
  const form = document.querySelector("[data-graphql]");
  if (!form) return;

  const examples = JSON.parse(document.getElementById("graphql-examples").textContent);
  const [example, query, variables] = ["example", "query", "variables"].map((name) => form.querySelector(`[data-${name}]`));
  const response = document.querySelector("[data-response]");

  example.addEventListener("change", () => {
    query.value = examples[example.value].query;
    variables.value = examples[example.value].variables;
  });

  const show = (said) => {
    response.textContent = typeof said === "string" ? said : JSON.stringify(said, null, 2);
  };

  const send = async () => {
    let given;
    try {
      given = variables.value.trim() ? JSON.parse(variables.value) : {};
    } catch (error) {
      show(`The variables are not a JSON object: ${error.message}`);
      return;
    }
    show("Waiting for the response …");
    try {
      const answer = await fetch(form.dataset.graphql, {
        method: "POST",
        cache: "no-store",
        headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
        body: JSON.stringify({ query: query.value, variables: given }),
        signal: AbortSignal.timeout(20000),
      });
      show(await answer.json());
    } catch (error) {
      show(`The response could not be read: ${error.message}`);
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
})();
