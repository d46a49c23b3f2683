//! The order of sections that version 3 of the SDK wants to be answered in.

/// Sound before pictures. Where its own offer had the picture first (a shared screen), version 3 swaps the answer's sections
/// by itself, and doubles them when they stand in the offer's order already, as RFC 3264 has it.
pub fn sound_first(sdp: &str) -> String {
    let mut head = String::with_capacity(sdp.len());
    let mut sections: Vec<String> = Vec::new();
    for line in sdp.split_inclusive('\n') {
        if line.starts_with("m=") {
            sections.push(String::new());
        }
        sections.last_mut().unwrap_or(&mut head).push_str(line);
    }
    let (sound, others): (Vec<_>, Vec<_>) =
        sections.into_iter().partition(|section| section.starts_with("m=audio"));
    [vec![head], sound, others].concat().concat()
}

#[cfg(test)]
mod tests {
    use super::sound_first;

    #[test]
    fn sound_comes_first_and_nothing_is_lost() {
        let swapped = "v=0\r\nt=0 0\r\nm=video 1 X 96\r\na=mid:0\r\nm=audio 2 X 111\r\na=mid:1\r\n";
        let right = "v=0\r\nt=0 0\r\nm=audio 2 X 111\r\na=mid:1\r\nm=video 1 X 96\r\na=mid:0\r\n";
        assert_eq!(sound_first(swapped), right);
        for alone in [right, "v=0\r\nm=video 1 X 96\r\n", "v=0\r\n", ""] {
            assert_eq!(sound_first(alone), alone);
        }
    }
}
