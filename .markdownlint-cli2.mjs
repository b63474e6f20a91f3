import relativeLinks from 'markdownlint-rule-relative-links';

/** Only what a reader would notice: links that lead nowhere. How Markdown looks is Prettier's affair. */
export default {
  globs: ['**/*.md'],
  ignores: ['**/node_modules/**', '**/dist/**', '**/bundle/**'],
  config: { default: false, 'relative-links': true, MD042: true, MD051: true },
  customRules: [relativeLinks],
};
