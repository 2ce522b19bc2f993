/** The copyright file (Debian policy, section 12.5). It refers to Debian's copy of the licence text. */
export const COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: amphora-agent
Comment: The licences of the packages inside the bundle, and of Node.js, are in
 /usr/share/doc/amphora-agent/third-party-licences; sbom.cdx.json beside it lists them all.

Files: *
Copyright: 2026 the amphora-agent developers
License: Apache-2.0

License: Apache-2.0
 Licensed under the Apache License, Version 2.0. On Debian systems its text is in
 /usr/share/common-licenses/Apache-2.0.
`;

/** The tags of lintian that are overridden, with the reasons. */
export const LINTIAN_OVERRIDES = `# Node.js is the binary that nodejs.org builds, pinned by its checksum in package-lock.json. It has its own zlib, is no PIE, and
# its symbols are taken away.
amphora-agent: embedded-library * [usr/lib/amphora-agent/node]
amphora-agent: hardening-no-pie [usr/lib/amphora-agent/node]
amphora-agent: hardening-no-fortify-functions [usr/lib/amphora-agent/node]
amphora-agent: binary-has-unneeded-section .comment [usr/lib/amphora-agent/node]
amphora-agent: spelling-error-in-binary * [usr/lib/amphora-agent/node]
# The flags of Node.js belong to the compiled code beside the program, so they are in its first line.
amphora-agent: unusual-interpreter -S [usr/lib/amphora-agent/amphora-agent.cjs]
`;
