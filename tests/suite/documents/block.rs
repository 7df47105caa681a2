//! What a document has that can be tried: fenced blocks, and notes to this test that no reader sees.

/// A part of a document, in the order of the text.
#[derive(Debug)]
pub(super) struct Piece {
    /// The line that it begins at, from 1.
    pub(super) line: usize,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    /// `<!-- scene: NAME -->`: what follows happens in this scene. A scene keeps its state to the document's end.
    Scene(String),
    /// `<!-- run: SCRIPT -->`: what happens to the reader's servers and files in between.
    Run(String),
    /// `<!-- exit: CODE -->`: the exit code of the next `sh` block.
    Exit(i32),
    /// `<!-- operator -->`: the operator starts, as its pod would.
    Operator,
    /// A fenced block: its language and its text.
    Fence(String, String),
}

/// The pieces of a Markdown text.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        if let Some(language) = line.trim_start().strip_prefix("```") {
            let mut block = String::new();
            for (_, line) in lines.by_ref().take_while(|(_, line)| line.trim() != "```") {
                block.push_str(line.get(indent..).unwrap_or_default());
                block.push('\n');
            }
            pieces.push(Piece { line: number + 1, content: Content::Fence(language.trim().to_owned(), block) });
        } else if let Some(start) = line.trim_start().strip_prefix("<!--") {
            let mut note = start.to_owned();
            while !note.ends_with("-->") {
                let (_, line) = lines.next().unwrap_or_else(|| panic!("line {}: a comment has no end", number + 1));
                note.push('\n');
                note.push_str(line.get(indent..).unwrap_or_default());
            }
            let content = content_of(note.trim_end_matches("-->").trim());
            pieces.push(Piece { line: number + 1, content });
        }
    }
    pieces
}

fn content_of(note: &str) -> Content {
    let (key, value) = note.split_once(':').unwrap_or((note, ""));
    match key.trim() {
        "scene" => Content::Scene(value.trim().to_owned()),
        "run" => Content::Run(value.trim().to_owned()),
        "exit" => Content::Exit(value.trim().parse().unwrap()),
        "operator" => Content::Operator,
        _ => panic!("a comment that this test does not know: {note}"),
    }
}

/// Whether a document's text shows what was printed. `…` stands for anything in a line, a line of it for any lines;
/// the width of columns does not count.
pub(super) fn shows(shown: &str, printed: &str) -> bool {
    let lines = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    lines_fit(&lines(shown.trim_end()), &lines(printed.trim_end()))
}

fn lines_fit(shown: &[String], printed: &[String]) -> bool {
    match shown {
        [] => printed.is_empty(),
        [any, rest @ ..] if any == "…" => (0..=printed.len()).any(|skipped| lines_fit(rest, &printed[skipped..])),
        [line, rest @ ..] => {
            printed.split_first().is_some_and(|(found, more)| line_fits(line, found) && lines_fit(rest, more))
        }
    }
}

fn line_fits(shown: &str, printed: &str) -> bool {
    let Some((before, after)) = shown.split_once('…') else { return shown == printed };
    let Some(rest) = printed.strip_prefix(before) else { return false };
    rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| line_fits(after, &rest[at..]))
}

#[test]
fn dots_stand_for_anything() {
    assert!(shows("a … d\n…\nend", "a b   c d\n1\n2\nend\n"));
    assert!(shows("a\n…", "a\n"));
    assert!(!shows("a … d", "a b c\nd"));
    assert!(!shows("a", "a\nb"));
}
