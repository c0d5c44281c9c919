//! What actors have in common: roads, hours, agendas, resources, channels.
