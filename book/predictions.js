// Below each prediction the answer is covered, until the reader has guessed or asks for it.
// Without a script all of it shows. A guess stays in the page; nothing is sent.
"use strict";

{
  /** What stands below a prediction in its section, up to the next one or a live figure. */
  const answerBelow = (question) => {
    const answer = [];
    for (let next = question.nextElementSibling; next; next = next.nextElementSibling) {
      if (next.matches("section, blockquote") || next.querySelector(".optim-figure")) break;
      answer.push(next);
    }
    return answer.some((part) => part.querySelector(".cell_output")) ? answer : [];
  };

  const button = (textContent, type) =>
    Object.assign(document.createElement("button"), { type, textContent });

  const cover = (question, answer) => {
    const input = Object.assign(document.createElement("input"), { type: "text", required: true });
    const label = document.createElement("label");
    label.append("Your guess ", input);
    const show = button("Show the answer", "button");
    const form = document.createElement("form");
    form.className = "guess";
    form.append(label, button("Compare", "submit"), show);
    const uncover = (guess) => {
      const said = document.createElement("p");
      said.className = "guess";
      said.tabIndex = -1;
      said.textContent = guess ? `You guessed: ${guess}` : "The answer:";
      form.replaceWith(said);
      for (const part of answer) part.classList.remove("covered");
      said.focus({ preventScroll: true });
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      uncover(input.value.trim());
    });
    show.addEventListener("click", () => uncover(""));
    for (const part of answer) part.classList.add("covered");
    question.after(form);
  };

  for (const question of document.querySelectorAll("article blockquote")) {
    if (!/^\s*Predict\b/.test(question.textContent)) continue;
    const answer = answerBelow(question);
    if (answer.length) cover(question, answer);
  }
}
