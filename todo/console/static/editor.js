// The query's editor: colours, completion, and the place of an error.
import {
  autocompletion, bracketMatching, completionKeymap, defaultKeymap, EditorState, EditorView, HighlightStyle, history,
  historyKeymap, keymap, setDiagnostics, StreamLanguage, syntaxHighlighting, tags,
} from "./vendor/codemirror.js";

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--connection)", fontWeight: "600" },
  { tag: tags.standard(tags.name), color: "var(--query)" },
  { tag: [tags.string, tags.regexp], color: "var(--log)" },
  { tag: tags.comment, color: "var(--faint)" },
  { tag: tags.number, color: "var(--query)" },
]);
const LOOK = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "var(--ground)" },
  ".cm-content": { caretColor: "var(--text)" },
  "&.cm-focused": { outline: "3px solid var(--accent)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused .cm-selectionBackground, ::selection": { backgroundColor: "var(--line)" },
  ".cm-tooltip": { color: "var(--text)", backgroundColor: "var(--raised)", border: "1px solid var(--edge)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { color: "var(--on-accent)", backgroundColor: "var(--accent)" },
  ".cm-lintRange-error": { backgroundImage: "none", borderBottom: "2px solid var(--bad)" },
});
const WORDS = ["as", "by", "and", "or", "not", "in", "like", "asc", "desc"];

const language = (commands, functions) => StreamLanguage.define({
  token: stream => {
    if (stream.match(/^#.*/)) return "comment";
    if (stream.match(/^"(\\.|[^"])*"?|^'(\\.|[^'])*'?|^`[^`]*`?/)) return "string";
    if (stream.match(/^\d+(\.\d+)?(ms|s|m|h|d|w)?\b/)) return "number";
    const word = stream.match(/^[@A-Za-z_][\w.@]*/)?.[0];
    if (!word) { stream.next(); return null; }
    if (commands.has(word.toLowerCase()) || WORDS.includes(word.toLowerCase())) return "keyword";
    return functions.has(word.toLowerCase()) && stream.match(/^\s*\(/, false) ? "variableName.standard" : null;
  },
});

const completing = options => context => {
  const word = context.matchBefore(/[@\w.]+/);
  return word || context.explicit ? { from: word ? word.from : context.pos, options, validFor: /^[@\w.]*$/ } : null;
};

// In the element: the text, a way to change it, and one to show where it is wrong.
export const editor = (element, { commands, functions, fields }, run) => {
  const options = [
    ...Object.entries(commands).map(([label, info]) => ({ label, info, type: "keyword" })),
    ...functions.map(label => ({ label, apply: `${label}(`, type: "function" })),
    ...Object.entries(fields).map(([label, info]) => ({ label, info: info || undefined, type: "variable" })),
  ];
  const lower = names => new Set(names.map(name => name.toLowerCase()));
  const view = new EditorView({
    parent: element,
    state: EditorState.create({
      extensions: [
        keymap.of([{ key: "Mod-Enter", run: () => { run(); return true; } }, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
        history(), bracketMatching(), LOOK, syntaxHighlighting(COLOURS), EditorView.lineWrapping,
        EditorView.cspNonce.of(document.querySelector("meta[name=nonce]").content),
        EditorView.contentAttributes.of({ "aria-label": "Query" }),
        language(lower(Object.keys(commands)), lower(functions)), autocompletion({ override: [completing(options)] }),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    replace: text => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    blame: (position, message) => {
      const from = Math.min(position ?? 0, view.state.doc.length);
      const wrong = message ? [{ from, to: Math.min(from + 1, view.state.doc.length), severity: "error", message }] : [];
      view.dispatch(setDiagnostics(view.state, wrong));
      if (message) view.dispatch({ selection: { anchor: from } });
    },
  };
};
