"use strict";
// A button copies the text that it names; without scripts the buttons stay hidden, and the text can be selected.
for (const button of document.querySelectorAll("button[data-copies]")) {
  const text = document.getElementById(button.dataset.copies);
  const said = document.getElementById("said");
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      button.textContent = button.dataset.done;
      said.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = label; said.textContent = ""; }, 2500);
    } catch {
      text.select();
      said.textContent = button.dataset.selected;
    }
  });
}
