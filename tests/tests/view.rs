//! `rehearsal view` hands what was asked of it to the view's own program, and says so where there is none. What the program
//! draws is tested where it is built, in `viz/view`.

use rehearsal_tests::rehearsal;

#[test]
fn without_the_program_it_says_how_to_come_by_it() {
    let output = rehearsal().args(["view", "day.trace"]).env("REHEARSAL_VIEW", "no/such/program").output().expect("it starts");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("no/such/program is not to be found") && said.contains("--package rehearsal-view"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[cfg(unix)]
#[test]
fn the_program_is_given_what_was_asked_for_and_its_end_is_the_commands() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("view");
    std::fs::write(&program, "#!/bin/sh\nprintf '%s|' \"$@\"\nexit 7\n").expect("a program");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("it may be run");
    let asked = ["a.trace", "b.trace", "--at", "5 Nov 08:15", "--screenshot", "x.png", "--size", "1024x640"];
    let output = rehearsal().arg("view").args(asked).env("REHEARSAL_VIEW", &program).output().expect("it starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout), asked.map(|word| format!("{word}|")).concat());
    assert_eq!(output.status.code(), Some(7));
}

#[test]
fn what_cannot_be_asked_never_reaches_it() {
    for (asked, words) in [
        (vec!["view"], "TRACE"),
        (vec!["view", "a", "--size", "1x1"], "320 to 7680"),
        (vec!["view", "a", "--video", "x.apng"], "--from"),
        (vec!["view", "a", "b", "c"], "unexpected"),
    ] {
        let output = rehearsal().args(&asked).env("REHEARSAL_VIEW", "no/such/program").output().expect("it starts");
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(
            output.status.code() == Some(2) && said.contains(words) && !said.contains("not to be found"),
            "{asked:?}: {said}"
        );
    }
}
