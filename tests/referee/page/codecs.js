// Restricts what this browser speaks, as a browser without the other codecs would be. It uses the platform's own
// `setCodecPreferences` just before each description is made; the SDK is not touched and does not notice.

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
}
