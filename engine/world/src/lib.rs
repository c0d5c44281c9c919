//! The actors at work: statecharts and processes run over the model.
