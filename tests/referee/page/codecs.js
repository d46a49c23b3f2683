// Restricts what this browser speaks, as a browser without the other codecs would be. It uses the platform's own
// `setCodecPreferences` just before each description is made, and does not see the others in what it is offered: Chromium
// sends what the offer prefers, whatever its answer says. The SDK is not touched and does not notice.

/** `{ video: ['VP8'], audio: ['PCMU'] }`: nothing else of that medium is offered or answered. */
export function allowOnly(allowed) {
  // Not media formats of their own.
  const helpers = ['RTX', 'TELEPHONE-EVENT'];
  for (const method of ['createOffer', 'createAnswer']) {
    const original = RTCPeerConnection.prototype[method];
    RTCPeerConnection.prototype[method] = function (...args) {
      for (const transceiver of this.getTransceivers()) {
        const kind = transceiver.receiver.track.kind;
        const names = allowed[kind];
        if (!names || transceiver.stopped) continue;
        const codecs = RTCRtpReceiver.getCapabilities(kind).codecs.filter(({ mimeType }) => {
          const name = mimeType.split('/')[1].toUpperCase();
          return names.includes(name) || helpers.includes(name);
        });
        transceiver.setCodecPreferences(codecs);
      }
      return original.apply(this, args);
    };
  }
  const original = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (description, ...args) {
    const { type, sdp } = description ?? {};
    const known = sdp ? { type, sdp: withOnly(sdp, allowed, helpers) } : description;
    return original.call(this, known, ...args);
  };
}

/** The description without the formats that this browser does not know. */
function withOnly(sdp, allowed, helpers) {
  const sections = sdp.split(/^(?=m=)/m);
  return sections
    .map((section) => {
      const names = allowed[/^m=(\w+)/.exec(section)?.[1]];
      if (!names) return section;
      const maps = [...section.matchAll(/^a=rtpmap:(\d+) ([^/\r\n]+)/gm)].map(([, payload, name]) => [payload, name.toUpperCase()]);
      const unknown = new Set(maps.filter(([, name]) => !names.includes(name) && !helpers.includes(name)).map(([payload]) => payload));
      // What repeats or rewinds an unknown format is unknown, too.
      for (const [, payload, base] of section.matchAll(/^a=fmtp:(\d+) .*apt=(\d+)/gm)) {
        if (unknown.has(base)) unknown.add(payload);
      }
      const lines = section.split('\r\n').filter((line) => {
        const about = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+)/.exec(line);
        return !about || !unknown.has(about[1]);
      });
      lines[0] = lines[0]
        .split(' ')
        .filter((word, at) => at < 3 || !unknown.has(word))
        .join(' ');
      return lines.join('\r\n');
    })
    .join('');
}
