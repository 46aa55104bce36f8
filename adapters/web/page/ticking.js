// What moves while time passes: one timer for all of it, which rests while nothing on the page moves.

const STEP = 300; // milliseconds; the style sheet moves a bar smoothly for as long

const moving = new Set();
let timer = 0;

/** Call `move` again and again, until `element` is not on the page any more or `stop` is called. */
export function tick(element, move) {
  const one = { element, move };
  moving.add(one);
  if (!timer) timer = setInterval(step, STEP);
  return () => drop(one);
}

function step() {
  for (const one of [...moving]) {
    if (one.element.isConnected) one.move();
    else drop(one);
  }
}

function drop(one) {
  moving.delete(one);
  if (moving.size) return;
  clearInterval(timer);
  timer = 0;
}
