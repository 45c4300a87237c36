// What makes the desk quicker by keyboard. Every page works without it; nothing is loaded or sent by it.
(() => {
  "use strict";
  document.documentElement.classList.add("js");
  const OFF = "desk-shortcuts-off";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const areOn = () => { try { return localStorage.getItem(OFF) === null; } catch { return true; } };

  // the list of shortcuts, and the switch that turns them off for who dictates or presses keys by accident
  const opener = one("[data-shortcuts]"), list = one("#shortcuts"), on = one("[data-shortcuts-on]");
  if (opener) {
    opener.addEventListener("click", () => {
      list.hidden = !list.hidden;
      opener.setAttribute("aria-expanded", String(!list.hidden));
    });
    on.checked = areOn();
    on.addEventListener("change", () => {
      try { if (on.checked) localStorage.removeItem(OFF); else localStorage.setItem(OFF, "1"); } catch { /* private */ }
    });
  }

  // the outcome of a call: the day is asked for where it is needed, and the note comes next
  const form = one("[data-outcome]");
  if (form) {
    const until = one("[data-until]", form), day = one("#until", form);
    const adapt = () => {
      const holds = one("input[name=outcome]:checked", form)?.dataset.holds;
      until.hidden = !holds;
      day.required = holds === "promise";
      day.disabled = !holds;
    };
    form.addEventListener("change", adapt);
    adapt();
    form.addEventListener("submit", (event) => {
      // a second press must not send it twice
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
    });
  }

  // a customer's form shows what the chosen kind of record needs
  const what = one("[data-what]");
  if (what) {
    const adapt = () => all("[data-for]").forEach((part) => {
      part.hidden = !part.dataset.for.split(" ").includes(what.value);
    });
    what.addEventListener("change", adapt);
    adapt();
  }

  // a list of boxes to tick
  const everyone = one("[data-choose-all]");
  if (everyone) {
    const boxes = all("[data-choosing] tbody input[type=checkbox]");
    everyone.addEventListener("change", () => boxes.forEach((box) => { box.checked = everyone.checked; }));
  }

  const choose = (control) => {
    if (control.type === "radio") {
      control.checked = true;
      control.dispatchEvent(new Event("change", { bubbles: true }));
      one(control.dataset.holds ? "#until" : "#note", form).focus();
    } else if (control.tagName === "A") {
      control.click();
    } else {
      control.focus();
    }
  };

  const move = (step) => {
    const rows = all("[data-rows] .row");
    if (!rows.length) return false;
    const at = rows.indexOf(document.activeElement);
    rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step))].focus();
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form && !event.repeat) {
      event.preventDefault();
      form.requestSubmit(one("button.primary", form));
      return;
    }
    const target = event.target;
    const isWriting = target.matches("textarea, select, input:not([type=radio], [type=checkbox])");
    if (!areOn() || isWriting || event.ctrlKey || event.metaKey || event.altKey) return;
    if ((event.key === "j" && move(1)) || (event.key === "k" && move(-1))) {
      event.preventDefault();
      return;
    }
    const control = all("[data-key]").find((found) => found.dataset.key === event.key);
    if (control) {
      event.preventDefault();
      choose(control);
    }
  });
})();
