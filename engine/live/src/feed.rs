//! All that happens in the world, line by line over TCP, for a view that watches.

use crate::service::{Service, Watch};
use rehearsal_trace::write_header;
use std::net::TcpListener;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// How many portions of records may wait for one who watches; who is behind is left.
const WAITING: usize = 1024;

/// Serves everybody who connects, until the system ends.
///
/// # Errors
/// Where the listener cannot be used.
pub async fn serve(service: Service, listener: TcpListener) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        let service = service.clone();
        actix::spawn(async move {
            // Who has gone does not watch any more.
            let _ = watch(service, stream).await;
        });
    }
}

async fn watch(service: Service, mut stream: TcpStream) -> std::io::Result<()> {
    let (sender, mut receiver) = tokio::sync::mpsc::channel(WAITING);
    let header = match service.stage.send(Watch(sender)).await {
        Ok(Ok(header)) => header,
        Ok(Err(error)) => return Err(std::io::Error::other(error)),
        Err(error) => return Err(std::io::Error::other(error)),
    };
    let mut bytes = Vec::new();
    write_header(&header, &mut bytes).map_err(std::io::Error::other)?;
    stream.write_all(&bytes).await?;
    while let Some(records) = receiver.recv().await {
        bytes.clear();
        for record in records.iter() {
            serde_json::to_writer(&mut bytes, record)?;
            bytes.push(b'\n');
        }
        stream.write_all(&bytes).await?;
    }
    Ok(())
}
