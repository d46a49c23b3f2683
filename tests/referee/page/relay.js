// Two peers in one page that may meet only through a relay: the browser's own judgement of a TURN server.

/** Connects them and sends one message there and back; tells which relay protocol the chosen pair used. */
export async function meetThroughRelay(iceServers) {
  const peers = [0, 1].map(() => new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' }));
  const [one, two] = peers;
  const errors = [];
  try {
    for (const [from, to] of [[one, two], [two, one]]) {
      from.onicecandidate = ({ candidate }) => to.addIceCandidate(candidate).catch((error) => errors.push(String(error)));
      from.onicecandidateerror = ({ errorCode, errorText, url }) => errors.push(`${errorCode} ${errorText} ${url}`);
    }
    const channel = one.createDataChannel('echo');
    two.ondatachannel = ({ channel: other }) => {
      other.onmessage = ({ data }) => other.send(`${data} back`);
    };
    const echoed = new Promise((resolve, reject) => {
      channel.onopen = () => channel.send('there and');
      channel.onmessage = ({ data }) => resolve(data);
      one.onconnectionstatechange = () => {
        if (one.connectionState === 'failed') reject(new Error(`not connected: ${errors.join('; ')}`));
      };
      setTimeout(() => reject(new Error(`no contact in 20 s: ${errors.join('; ')}`)), 20_000);
    });
    await one.setLocalDescription();
    await two.setRemoteDescription(one.localDescription);
    await two.setLocalDescription();
    await one.setRemoteDescription(two.localDescription);
    const message = await echoed;
    // A channel may be open before the report names the pair that carries it.
    let report, pair;
    for (let look = 0; look < 100 && !pair; look += 1) {
      if (look > 0) await new Promise((later) => setTimeout(later, 100));
      report = [...(await one.getStats()).values()];
      pair = report.find(({ type, nominated, state }) => type === 'candidate-pair' && nominated && state === 'succeeded');
    }
    if (!pair) throw new Error('no pair was chosen');
    const local = report.find(({ id }) => id === pair.localCandidateId);
    return { message, candidate: local.candidateType, protocol: local.relayProtocol, errors };
  } finally {
    peers.forEach((peer) => peer.close());
  }
}
