//! One way to write down JSON objects, so that "absent" is treated alike everywhere: an optional field that is missing
//! or `null` reads as `None`, and `None` is not printed.

/// Declares a JSON object: `required` fields must be there, `optional` ones become `Option`.
/// With required fields the type has a constructor `bare(…)` that takes just these, without any it has a `Default`.
macro_rules! object {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            required: { $($(#[$rmeta:meta])* $rfield:ident: $rty:ty),* $(,)? },
            optional: { $($(#[$ometa:meta])* $ofield:ident: $oty:ty),* $(,)? } $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            $($(#[$rmeta])* pub $rfield: $rty,)*
            $($(#[$ometa])* #[serde(default, skip_serializing_if = "Option::is_none")] pub $ofield: Option<$oty>,)*
        }

        impl $name {
            /// Only what has to be there; the rest is absent.
            pub fn bare($($rfield: $rty),*) -> Self {
                Self { $($rfield,)* $($ofield: None,)* }
            }
        }
    };
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            optional: { $($(#[$ometa:meta])* $ofield:ident: $oty:ty),* $(,)? } $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            $($(#[$ometa])* #[serde(default, skip_serializing_if = "Option::is_none")] pub $ofield: Option<$oty>,)*
        }
    };
}
