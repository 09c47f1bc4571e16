"use strict";
// The counter's bell, number steppers and printing. Every screen works without this file.
(() => {
  const SOUND = "nukkad-sound";
  let audio = null;
  const stored = (key) => {
    try { return localStorage.getItem(key); } catch { return null; }
  };
  const store = (key, value) => {
    try { localStorage.setItem(key, value); } catch { /* private mode: kept for this page only */ }
  };
  let sound = stored(SOUND) === "on";

  const wake = () => {
    audio ??= new AudioContext();
    if (audio.state === "suspended") audio.resume();
  };
  const ring = () => {
    if (!sound || !audio) return;
    [0, 0.25, 0.5].forEach((wait, n) => {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      const at = audio.currentTime + wait;
      tone.frequency.value = n % 2 ? 1175 : 880;
      volume.gain.setValueAtTime(0.35, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + 0.22);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.23);
    });
    navigator.vibrate?.([200, 100, 200]);
  };

  const showSound = () => {
    document.querySelectorAll("[data-sound]").forEach((button) => {
      button.setAttribute("aria-pressed", String(sound));
      const words = button.querySelector("[data-on]");
      words.textContent = sound ? words.dataset.on : words.dataset.off;
    });
  };

  // A new order is a newer id at the badge than the one last seen.
  let newest = null;
  const title = document.title;
  const look = () => {
    const badge = document.getElementById("waiting");
    if (!badge) return;
    const count = Number(badge.dataset.count);
    document.title = count ? `(${count}) ${title}` : title;
    if (newest !== null && badge.dataset.newest > newest) ring();
    newest = badge.dataset.newest > (newest ?? "") ? badge.dataset.newest : (newest ?? "");
  };

  document.addEventListener("click", (event) => {
    if (sound) wake();
    if (event.target.closest("[data-sound]")) {
      sound = !sound;
      store(SOUND, sound ? "on" : "off");
      showSound();
      if (sound) {
        wake();
        ring();
      }
      return;
    }
    if (event.target.closest("[data-print]")) {
      window.print();
      return;
    }
    const stepper = event.target.closest("[data-step]");
    if (stepper) {
      const box = document.getElementById(stepper.getAttribute("aria-controls"));
      box.value = Math.max(0, Number(box.value || 0) + Number(stepper.dataset.step));
    }
  });
  document.addEventListener("htmx:load", (event) => {
    look();
  });
  document.addEventListener("htmx:oobAfterSwap", look);
  showSound();
  look();
})();
