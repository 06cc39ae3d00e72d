/** What an exported name is, as one declaration without comments, bodies and values: the way a .d.ts file says it. */
import ts from "typescript";

const printer = ts.createPrinter({ removeComments: true });
const { factory } = ts;

/** Of a declaration, or a part of one. */
export const print = (node: ts.Node): string =>
  printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile());

/** The type in one line, as it is written; as the compiler sees it where none is. */
export function typeText(
  node: ts.Node & { readonly type?: ts.TypeNode | undefined },
  checker: ts.TypeChecker,
): string {
  const text = node.type
    ? print(node.type)
    : checker.typeToString(checker.getTypeAtLocation(node), node, FULL);
  return text.replace(/\s*\n\s*/g, " ");
}

const FULL = ts.TypeFormatFlags.NoTruncation;

/** A function's or method's type parameters, parameters and answer, in one line. */
export function callText(
  node: ts.SignatureDeclaration,
  checker: ts.TypeChecker,
  answer: ": " | " => " | null = ": ",
): string {
  const generic = node.typeParameters ? `<${node.typeParameters.map(print).join(", ")}>` : "";
  const parameters = node.parameters.map((parameter) => {
    const name = ts.isIdentifier(parameter.name) ? parameter.name.text : "options";
    const rest = parameter.dotDotDotToken ? "..." : "";
    const optional = parameter.questionToken || parameter.initializer ? "?" : "";
    return `${rest}${name}${optional}: ${typeText(parameter, checker)}`;
  });
  if (answer === null) return `${generic}(${parameters.join(", ")})`;
  const signature = checker.getSignatureFromDeclaration(node);
  const returned = node.type
    ? print(node.type).replace(/\s*\n\s*/g, " ")
    : signature
      ? checker.typeToString(checker.getReturnTypeOfSignature(signature), node, FULL)
      : "void";
  return `${generic}(${parameters.join(", ")})${answer}${returned}`;
}

/** A constant that holds a function is declared as one: it is called like one. */
export function functionIn(node: ts.Declaration): ts.ArrowFunction | ts.FunctionExpression | null {
  if (!ts.isVariableDeclaration(node) || node.type || !node.initializer) return null;
  const value = node.initializer;
  return ts.isArrowFunction(value) || ts.isFunctionExpression(value) ? value : null;
}

/** Throws for a form that no entry exports as yet: it wants to be written here then. */
export function declarationText(name: string, symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const all = symbol.declarations ?? [];
  // Behind overloads stands an implementation that nobody sees.
  const seen = all.length > 1 ? all.filter((one) => !(ts.isFunctionDeclaration(one) && one.body)) : all;
  return seen.map((node) => one(name, node, checker)).join("\n");
}

function one(name: string, node: ts.Declaration, checker: ts.TypeChecker): string {
  if (ts.isFunctionDeclaration(node)) return `declare function ${name}${callText(node, checker)};`;
  if (ts.isVariableDeclaration(node)) {
    const inner = functionIn(node);
    return inner
      ? `declare function ${name}${callText(inner, checker)};`
      : `declare const ${name}: ${typeText(node, checker)};`;
  }
  if (ts.isInterfaceDeclaration(node))
    return print(
      factory.updateInterfaceDeclaration(
        node,
        [],
        node.name,
        node.typeParameters,
        node.heritageClauses,
        node.members,
      ),
    );
  if (ts.isTypeAliasDeclaration(node))
    return print(factory.updateTypeAliasDeclaration(node, [], node.name, node.typeParameters, node.type));
  if (ts.isClassDeclaration(node)) return classText(name, node, checker);
  throw new Error(
    `${name} is a ${ts.SyntaxKind[node.kind]}, which deploy/reference/declare.ts does not know`,
  );
}

function classText(name: string, node: ts.ClassDeclaration, checker: ts.TypeChecker): string {
  const generic = node.typeParameters ? `<${node.typeParameters.map(print).join(", ")}>` : "";
  const heritage = (node.heritageClauses ?? []).map((clause) => ` ${print(clause)}`).join("");
  const members = node.members.flatMap((member) => memberText(member, checker) ?? []);
  return `declare class ${name}${generic}${heritage} {\n${members.join("\n")}\n}`;
}

const isHidden = (member: ts.ClassElement): boolean =>
  (ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0 ||
  (member.name !== undefined && ts.isPrivateIdentifier(member.name));

/** A member as others see it; null: nobody does. */
export function memberText(member: ts.ClassElement, checker: ts.TypeChecker): string | null {
  if (isHidden(member)) return null;
  const flags = ts.getCombinedModifierFlags(member);
  const before = `${flags & ts.ModifierFlags.Static ? "static " : ""}${flags & ts.ModifierFlags.Readonly ? "readonly " : ""}`;
  if (ts.isConstructorDeclaration(member)) {
    const fields = member.parameters
      .filter((parameter) => ts.isParameterPropertyDeclaration(parameter, member))
      .map((parameter) => `readonly ${print(parameter.name)}: ${typeText(parameter, checker)};`);
    return [...fields, `constructor${callText(member, checker, null)};`].join("\n");
  }
  const name = member.name ? print(member.name) : "";
  if (ts.isMethodDeclaration(member)) return `${before}${name}${callText(member, checker)};`;
  if (ts.isGetAccessor(member)) return `get ${name}(): ${typeText(member, checker)};`;
  if (ts.isPropertyDeclaration(member))
    return `${before}${name}${member.questionToken ? "?" : ""}: ${typeText(member, checker)};`;
  return null;
}
