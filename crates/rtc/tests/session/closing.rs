use crate::ends::{config, ms, offer, pair, sound};

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_sessions_leave_no_descriptor_behind() {
    let mut sound_only = config("a");
    sound_only.video = None;
    let (a, b) = pair(sound_only.clone(), sound_only.clone()).await;
    a.session.close().await;
    b.session.close().await;
    let before = descriptors();
    for round in 0..10 {
        let pairs = (0..10).map(|_| pair(sound_only.clone(), sound_only.clone()));
        for (a, mut b) in futures_util::future::join_all(pairs).await {
            assert!(a.session.send_audio(sound(round)));
            assert!(b.audio(2.0).await.is_some());
            a.session.close().await;
            a.session.close().await;
            b.session.close().await;
            assert!(
                b.wait(1.0, |_| None::<()>).await.is_none() && b.events.is_closed(),
                "the stream of events ends"
            );
        }
    }
    assert!(descriptors() <= before, "{} descriptors before, {} after", before, descriptors());
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_closes_too() {
    let warm = offer(config("a")).await;
    warm.0.session.close().await;
    let before = descriptors();
    for _ in 0..20 {
        let _ = offer(config("a")).await;
    }
    for _ in 0..100 {
        if descriptors() <= before {
            return;
        }
        ms(20).await;
    }
    panic!("{} descriptors before, {} after", before, descriptors());
}
