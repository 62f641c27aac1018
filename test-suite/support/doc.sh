#!/usr/bin/env bash
# doc.sh DOC LANGUAGE SECTION...: the code blocks of that language below the headings `## SECTION` of a Markdown file, as they stand.
doc=$1 language=$2
shift 2
for section; do
  awk -v heading="## $section" -v fence="\`\`\`$language" '
    /^## / && !inside { here = $0 == heading }
    inside && /^```$/ { inside = 0 }
    inside { print; n++ }
    here && $0 == fence { inside = 1 }
    END { exit !n }' "$doc" || { echo "$doc: no block of $language below '## $section'" >&2; exit 1; }
done
